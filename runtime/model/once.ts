/** What follows from a value that never changes, worked out once. */

/** `of` applied to an object the first time it is asked for; the object must not change afterwards. */
export function once<Value extends object, Result>(of: (value: Value) => Result): (value: Value) => Result {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return (value) => {
    let found = known.get(value);
    if (found === undefined) known.set(value, (found = { result: of(value) }));
    return found.result;
  };
}
