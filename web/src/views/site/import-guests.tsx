/** Import of existing guests. */
export function ImportGuests() {
  return null;
}
