package config

import (
	"encoding"
	"reflect"
	"strings"
)

// A field with this tag, or inside one, keeps its value as long as the process runs.
const (
	changeTag = "change"
	atRestart = "restart"
)

// Update returns the settings that a process which runs with c can take up from next: all but those that only a restart
// changes, which stay as in c. changed names the keys that differ and are taken up, fixed those that differ and are not.
func (c *Config) Update(next *Config) (updated *Config, changed, fixed []string) {
	merged := *next
	u := update{&changed, &fixed}
	u.walk(reflect.ValueOf(c).Elem(), reflect.ValueOf(&merged).Elem(), "", false)
	return &merged, changed, fixed
}

type update struct{ changed, fixed *[]string }

func (u update) walk(before, after reflect.Value, table string, stays bool) {
	for i := range before.NumField() {
		field := before.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		old, now, stays := before.Field(i), after.Field(i), stays || field.Tag.Get(changeTag) == atRestart
		key := strings.TrimPrefix(table+"."+field.Tag.Get("toml"), ".")
		_, isText := old.Interface().(encoding.TextMarshaler)
		switch {
		case old.Kind() == reflect.Struct && !isText:
			u.walk(old, now, key, stays)
		case same(old.Interface(), now.Interface()):
		case stays:
			now.Set(old)
			*u.fixed = append(*u.fixed, key)
		default:
			*u.changed = append(*u.changed, key)
		}
	}
}

func same(a, b any) bool {
	if pattern, ok := a.(Pattern); ok { // its compiled form remembers past matches
		return pattern.String() == b.(Pattern).String()
	}
	return reflect.DeepEqual(a, b)
}
