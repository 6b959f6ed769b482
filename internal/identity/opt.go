package identity

// Opt is one field of a Patch: absent, null, or a value.
type Opt[T any] struct {
	Set   bool // the field was given
	Null  bool // it was given as null; Value is then zero
	Value T
}

// Some is a given value.
func Some[T any](v T) Opt[T] { return Opt[T]{Set: true, Value: v} }

// Or returns the value, or def where none (or null) was given.
func (o Opt[T]) Or(def T) T {
	if o.Set && !o.Null {
		return o.Value
	}
	return def
}

// Apply overwrites *dst when the field was given; null makes it zero.
func (o Opt[T]) Apply(dst *T) {
	if o.Set {
		*dst = o.Value
	}
}

// checkGiven refuses null for an attribute that always has a value.
func (o Opt[T]) checkGiven(attribute string) error {
	if o.Null {
		return Invalidf("Invalid input for field '%s': it cannot be null.", attribute)
	}
	return nil
}

// Extra is the attributes of a resource that Keystone keeps without knowing them: the text
// of one JSON object, or "" for none.
type Extra string
