export default { title: 'Site' } as const;
