export default { title: 'Guests' } as const;
