export default { title: '地址' };
