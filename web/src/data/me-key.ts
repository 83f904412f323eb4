/** Key of the query that says who is looking. Its value is null for a stranger. */
export const meKey = ['me'] as const;
