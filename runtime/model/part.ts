/** A measurement, or why it could not be made. */
export type Part<T> = { readonly value: T } | { readonly error: string };
