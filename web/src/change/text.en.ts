export default { title: 'Change' } as const;
