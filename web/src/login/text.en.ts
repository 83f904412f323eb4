export default { title: 'Log in', account: 'Account' } as const;
