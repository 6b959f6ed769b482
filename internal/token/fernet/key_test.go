package fernet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

func TestAKeyHasOneText(t *testing.T) {
	key := NewKey()
	text := key.Encode()
	if got := mustParse(t, text).Bytes(); got != key.Bytes() {
		t.Fatal("ParseKey(Encode()) is another key")
	}
	for i := range len(text) {
		for c := range 256 {
			altered := text[:i] + string([]byte{byte(c)}) + text[i+1:]
			other, err := ParseKey(altered)
			if altered != text && err == nil && other.Bytes() == key.Bytes() {
				t.Errorf("%q is a second text of the key %q", altered, text)
			}
		}
		for _, extra := range []string{"\r", "\n", " ", "=", "A"} {
			if _, err := ParseKey(text[:i] + extra + text[i:]); err == nil {
				t.Errorf("%q inserted at %d is read", extra, i)
			}
		}
		if _, err := ParseKey(text[:i]); err == nil {
			t.Errorf("%d characters are read", i)
		}
	}
	for reason, bad := range map[string]string{
		"line end at the end":     text + "\n",
		"four line ends inside":   text[:4] + "\r\n\r\n" + text[8:],
		"the standard alphabet":   strings.Repeat("+/", 21) + "8=",
		"no padding, one more":    text[:43] + "A",
		"padding of a short text": strings.Repeat("A", 42) + "==",
	} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%s is read", reason)
		}
	}
}

func TestTheFirstHalfSignsAndTheSecondEncrypts(t *testing.T) {
	a := KeyFromBytes([keySize]byte{0: 1})
	b := KeyFromBytes([keySize]byte{31: 1})
	message := []byte("message")
	if !KeyFromBytes([keySize]byte{0: 1, 31: 9}).signed(message, a.sign(nil, message)) {
		t.Error("the second half changes the signature")
	}
	if b.signed(message, a.sign(nil, message)) {
		t.Error("the first half does not change the signature")
	}
}

func TestTwoNewKeysDiffer(t *testing.T) {
	if a, b := NewKey(), NewKey(); a.Bytes() == b.Bytes() {
		t.Error("NewKey returned one key twice")
	}
}

func TestAKeyNeverPrintsItsBytes(t *testing.T) {
	key := KeyFromBytes([keySize]byte(bytes.Repeat([]byte{0xC3}, keySize)))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "key", key, "pointer", &key, "ring", Ring{key})
	inner := struct{ hidden Key }{key}
	printed := log.String() + fmt.Sprint(key, &key, Ring{key}, inner) + string(fmt.Append(nil, key.String(), key.GoString()))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%o", "%T"} {
		printed += fmt.Sprintf(verb+verb+verb+verb, key, &key, Ring{key}, inner)
	}
	body, err := json.Marshal(key) //nolint:staticcheck // SA9005: that nothing comes out is what is tested
	if err != nil {
		t.Fatal(err)
	}
	printed += string(body)
	for _, leak := range []string{"195", "c3c3", "C3C3", "0xc3", "303", "\xc3", "Ã", key.Encode()[:8]} {
		if strings.Contains(printed, leak) {
			t.Errorf("%q is in %q", leak, printed)
		}
	}
	if key.String() != "[redacted]" || key.GoString() != "[redacted]" || key.LogValue().String() != "[redacted]" {
		t.Error("a key must print as [redacted]")
	}
}

func TestKeysAreNotComparableWithTheOperator(t *testing.T) {
	if reflect.TypeFor[Key]().Comparable() {
		t.Error("== on keys compiles: it answers by address, or in variable time")
	}
}
