export default {
  loading: '正在加载',
  unforeseen: '页面出现未预料的错误。',
  retry: '重试',
  'at-line': '第 {{line}} 行，{{path}}',
  'more-mistakes_other': '另有 {{count}} 处。',
  info: '提示',
  warning: '警告',
  critical: '严重',
  close: '关闭',
  copy: '复制',
  copied: '已复制',
};
