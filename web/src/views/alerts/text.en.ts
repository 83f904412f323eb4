export default { title: 'Alerts' } as const;
