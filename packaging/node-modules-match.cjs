// Exit status 0 when node_modules (as npm noted it down) holds what package-lock.json says. Runs on any Node, before
// anything is installed. usage: node node-modules-match.cjs ROOT
const { readFileSync } = require('node:fs');

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(`${process.argv[2]}/${file}`, 'utf8')).packages;
  } catch {
    return undefined;
  }
};

const wanted = packagesOf('package-lock.json');
const found = packagesOf('node_modules/.package-lock.json');
const matches =
  wanted !== undefined &&
  found !== undefined &&
  Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    // An optional package that is for another platform is not there.
    if (found[path] === undefined) return entry.optional === true;
    return found[path].version === entry.version && found[path].integrity === entry.integrity;
  });
process.exit(matches ? 0 : 1);
