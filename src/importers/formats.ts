import { AppError } from '../errors/app-error.ts';
import { looksLikeCloud, parseCloud } from './clouds.ts';
import type { Imported } from './collected.ts';
import { looksLikeCsv, looksLikeNetbox, parseCsv } from './csv.ts';
import { looksLikeGovc, parseGovc } from './govc.ts';
import { looksLikeHyperV, parseHyperV } from './hyper-v.ts';
import { looksLikeIncus, parseIncus } from './incus.ts';
import { looksLikeLinks, parseLinks } from './ip-link.ts';
import { type Json, readJsonTexts } from './json-text.ts';
import { looksLikeLibvirt, parseLibvirt } from './libvirt.ts';
import { looksLikeProxmox, parseProxmox } from './proxmox.ts';

/** A format is read from text, or from documents of JSON. */
type Format = { readonly command: string } & (
  | {
      readonly documents: true;
      readonly looksLike: (of: readonly Json[]) => boolean;
      readonly parse: (of: readonly Json[]) => Imported;
    }
  | {
      readonly documents: false;
      readonly looksLike: (text: string) => boolean;
      readonly parse: (text: string) => Imported;
    }
);

const json = (
  command: string,
  looksLike: (documents: readonly Json[]) => boolean,
  parse: (documents: readonly Json[]) => Imported,
): Format => ({ command, documents: true, looksLike, parse });

const text = (command: string, looksLike: (text: string) => boolean, parse: (text: string) => Imported): Format => ({
  command,
  documents: false,
  looksLike,
  parse,
});

/** Every format, by the name that `--format` takes; recognised in this order. */
const importFormats = {
  ip: json('ip -j address', looksLikeLinks, parseLinks),
  libvirt: text('virsh dumpxml DOMAIN', looksLikeLibvirt, parseLibvirt),
  proxmox: text('qm config ID, pct config ID', looksLikeProxmox, parseProxmox),
  incus: json('incus list --format json', looksLikeIncus, parseIncus),
  aws: json(
    'aws ec2 describe-network-interfaces',
    (documents) => looksLikeCloud('aws', documents),
    (documents) => parseCloud('aws', documents),
  ),
  aliyun: json(
    'aliyun ecs DescribeNetworkInterfaces',
    (documents) => looksLikeCloud('aliyun', documents),
    (documents) => parseCloud('aliyun', documents),
  ),
  tccli: json(
    'tccli vpc DescribeNetworkInterfaces',
    (documents) => looksLikeCloud('tencent', documents),
    (documents) => parseCloud('tencent', documents),
  ),
  govc: json('govc device.info -vm VM -json, govc vm.info -json VM', looksLikeGovc, parseGovc),
  'hyper-v': json('Get-VMNetworkAdapter * | ConvertTo-Json', looksLikeHyperV, parseHyperV),
  netbox: text('NetBox, Export of interfaces or MAC addresses', looksLikeNetbox, (of) => parseCsv(of, true)),
  csv: text('a table with a heading', looksLikeCsv, (of) => parseCsv(of)),
} as const satisfies Record<string, Format>;

export type ImportFormat = keyof typeof importFormats;

export const importFormatNames = Object.keys(importFormats) as ImportFormat[];

const formatOf = (name: ImportFormat): Format => importFormats[name];

/** What was read, and in which format it was. */
export interface ImportedText extends Imported {
  readonly format: ImportFormat;
}

/**
 * Reads the output of a tool. The format is recognised by what stands in it unless it is given. Parts that cannot be
 * read are named, the others are read. Throws `import-unreadable` when nothing can be made of the text.
 */
export function parseImport(input: string, format?: ImportFormat): ImportedText {
  if (input.trim() === '') {
    throw new AppError('import-unreadable', 'The text to import is empty; expected the output of a tool.');
  }
  const isJson = /^\s*[[{]/.test(input);
  const documents = isJson ? readJsonTexts(input) : [];
  const matches = (name: ImportFormat): boolean => {
    const candidate = formatOf(name);
    if (candidate.documents !== isJson) return false;
    return candidate.documents ? candidate.looksLike(documents) : candidate.looksLike(input);
  };
  const chosen = format ?? importFormatNames.find(matches);
  if (chosen === undefined) throw unknownFormat(isJson, documents);
  const reader = formatOf(chosen);
  if (!reader.documents) return { format: chosen, ...listsOf(reader.parse(input)) };
  if (!isJson) {
    throw new AppError(
      'import-unreadable',
      `The text is no JSON; expected that of format "${chosen}": ${reader.command}.`,
    );
  }
  return { format: chosen, ...listsOf(reader.parse(documents)) };
}

const listsOf = ({ nics, mistakes }: Imported): Imported => ({ nics, mistakes });

function unknownFormat(isJson: boolean, documents: readonly Json[]): AppError {
  const empty = documents.length > 0 && documents.every((document) => Array.isArray(document) && document.length === 0);
  const seen = empty ? 'an empty list' : isJson ? 'JSON of another kind' : 'text of another kind';
  const known = importFormatNames.map((name) => `${name} (${importFormats[name].command})`).join(', ');
  return new AppError(
    'import-unreadable',
    `The text is of no format that can be imported: seen ${seen}; expected one of ${known}.`,
  );
}
