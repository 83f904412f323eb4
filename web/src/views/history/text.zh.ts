export default { title: '历史' };
