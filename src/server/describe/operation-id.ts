const verbs: Readonly<Record<string, string>> = {
  get: 'get',
  put: 'put',
  delete: 'remove',
  post: 'do',
  patch: 'change',
};

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const singular = (word: string): string => word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');

/** `putGuest` of `PUT /v1/guests/{id}`: a name for an operation whose route gives it none. */
export function operationIdOf(method: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== 'v1');
  const words = parts.flatMap((part, index) => {
    if (part.startsWith('{')) return [];
    const one = parts[index + 1]?.startsWith('{') || (method !== 'get' && index === parts.length - 1);
    return (one ? singular(part) : part).split(/[-.]/);
  });
  return [verbs[method] ?? method, ...words.map(capital)].join('');
}
