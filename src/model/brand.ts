declare const brand: unique symbol;

/** A value of type `T` that only its own constructor can make; it is checked and canonical wherever it is seen. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
