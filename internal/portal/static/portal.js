// The portal works without this file. It adds: copying, one box that selects all, filters that
// apply themselves, local times, a warning before the session ends, and care for the page that shows a secret.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const said = document.getElementById("said");

  // Copy buttons are hidden until there is something that can copy.
  if (navigator.clipboard) {
    for (const button of all("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        } catch {
          return; // the browser forbids it: the text can be selected
        }
        said.textContent = said.dataset.copied;
        button.classList.add("done");
        setTimeout(() => { button.classList.remove("done"); said.textContent = ""; }, 2000);
      });
    }
  }

  for (const form of all("form[data-selection]")) {
    const box = form.querySelector("[data-all]");
    const rows = all("input[name=id]", form);
    const show = () => {
      const on = rows.filter((row) => row.checked).length;
      box.checked = on > 0 && on === rows.length;
      box.indeterminate = on > 0 && on < rows.length;
    };
    box.hidden = false;
    box.addEventListener("change", () => { for (const row of rows) row.checked = box.checked; });
    form.addEventListener("change", show);
    show();
  }

  for (const form of all("form[data-auto]")) {
    for (const select of all("select", form)) select.addEventListener("change", () => form.requestSubmit());
    form.addEventListener("formdata", (e) => { // the address says only what is asked for
      for (const [name, value] of [...e.formData]) if (value === "") e.formData.delete(name);
    });
  }

  // A form that makes something is sent once; the server holds to that as well.
  for (const form of all("form[data-once]")) {
    form.addEventListener("submit", (e) => {
      if (form.dataset.sent) e.preventDefault();
      form.dataset.sent = "1";
    });
    addEventListener("pageshow", () => { delete form.dataset.sent; });
  }

  for (const time of all("time")) {
    time.title = new Date(time.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });
  }

  // Before an idle session ends the page says so, and stays as it is. Each tab tells the others when there was a request.
  const idle = document.getElementById("idle");
  if (idle) {
    const [text, button] = idle.children;
    const tabs = new BroadcastChannel("lintel");
    let left, end, soon;
    const start = (seconds) => {
      left = Number(seconds);
      end = Date.now() + left * 1000;
      soon = Math.min(120, left / 3) * 1000;
      idle.hidden = true;
    };
    const say = (words) => {
      if (!idle.hidden && text.textContent === words) return;
      said.textContent = text.textContent = words;
      idle.hidden = false;
    };
    const warning = text.textContent;
    setInterval(() => {
      const rest = end - Date.now();
      button.hidden = rest <= 0;
      if (rest <= 0) say(idle.dataset.ended);
      else if (rest <= soon) say(warning);
    }, 1000);
    button.addEventListener("click", async () => {
      const answer = await fetch("/portal/stay", { method: "POST", redirect: "manual" }).catch(() => ({}));
      if (!answer.ok) { end = 0; return; }
      start(await answer.text());
      tabs.postMessage(left);
    });
    tabs.addEventListener("message", (e) => start(e.data));
    start(idle.dataset.left);
    tabs.postMessage(left);
  }

  // Of the menus at the top one is open at a time, and Escape closes it.
  const drops = all("details.drop");
  for (const drop of drops) {
    drop.addEventListener("toggle", () => { if (drop.open) for (const other of drops) if (other !== drop) other.open = false; });
    drop.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || !drop.open) return;
      drop.open = false;
      drop.querySelector("summary").focus();
    });
  }
  addEventListener("click", (e) => { for (const drop of drops) if (!drop.contains(e.target)) drop.open = false; });

  // The page of a secret: to reload it leads to where no secret is, to leave a new one unsaved is asked about,
  // and what is left behind holds no secret.
  const once = document.querySelector("[data-once-page]");
  if (once) {
    history.replaceState(null, "", once.dataset.list);
    const saved = once.querySelector("[data-done] input");
    let file = false;
    addEventListener("submit", (e) => { file = e.target.classList.contains("files"); });
    addEventListener("beforeunload", (e) => {
      if (saved && !saved.checked && !file) e.preventDefault();
      file = false;
    });
    addEventListener("pagehide", () => {
      for (const secret of all("[data-secret]")) { secret.textContent = ""; secret.removeAttribute("value"); }
    });
  }
})();
