export default { title: 'Addresses' } as const;
