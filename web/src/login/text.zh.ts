export default { title: '登录', account: '账户' };
