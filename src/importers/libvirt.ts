import sax from 'sax';
import { quoteValue } from '../model/quote-value.ts';
import { Collected, type Imported } from './collected.ts';

/** An interface of a domain. */
export interface LibvirtInterface {
  /** `network`, `bridge`, `direct`, `hostdev`, … */
  readonly type: string;
  mac?: string;
  /** Host-side device. */
  port?: string;
  /** Network, bridge or device that it is plugged into. */
  network?: string;
  vlan?: string;
  /** The second card of a pair with one address, for times when the first is passed through. */
  transient?: true;
  readonly line: number;
}

export interface LibvirtDomain {
  name?: string;
  /** A domain has an id while it runs. */
  running: boolean;
  /** Project of OpenStack, in the metadata that Nova writes. */
  project?: string;
  readonly interfaces: LibvirtInterface[];
  readonly line: number;
  /** Why the rest of it could not be read. */
  mistake?: string;
}

/** Elements inside each other; libvirt's own stay below 10. */
const deepest = 64;

/** Ends the reading at `</domain>`: what stands between two domains is no part of either. */
class Finished extends Error {}

export const looksLikeLibvirt = (text: string): boolean => /^\s*</.test(text) && /<domain[\s>]/.test(text);

/**
 * Reads `virsh dumpxml` (https://libvirt.org/formatdomain.html) of one domain or of many, one after the other. Each is
 * read on its own, so that one with a mistake does not hide the others. There is no DTD in domain XML, so entities can
 * be none but those of XML itself.
 */
export function* readDomains(text: string): Generator<LibvirtDomain> {
  const beginning = /<domain(?=[\s>])/g;
  let line = 1;
  let counted = 0;
  for (let here = beginning.exec(text); here; ) {
    const next = beginning.exec(text);
    for (; counted < here.index; counted++) if (text.charCodeAt(counted) === 0x0a) line += 1;
    yield readDomain(text.slice(here.index, next?.index), line);
    here = next;
  }
}

function readDomain(xml: string, firstLine: number): LibvirtDomain {
  const domain: LibvirtDomain = { running: false, interfaces: [], line: firstLine };
  const parser = sax.parser(true, { position: true });
  const path: string[] = [];
  const placed = (place: string): boolean => path.join('/') === place;
  parser.onopentag = ({ name, attributes }) => {
    if (path.length >= deepest) throw new Error(`elements are more than ${deepest} deep`);
    path.push(name);
    const attribute = (key: string): string | undefined => (attributes[key] as string | undefined) || undefined;
    if (placed('domain')) domain.running = attribute('id') !== undefined;
    if (placed('domain/devices/interface')) {
      domain.interfaces.push({ type: attribute('type') ?? '', line: firstLine + parser.line });
    }
    if (path.length !== 4 && path.length !== 5) return;
    if (path[1] !== 'devices' || path[2] !== 'interface') return;
    readDetail(domain.interfaces.at(-1) as LibvirtInterface, path.slice(3).join('/'), attribute);
  };
  const addText = (text: string): void => {
    if (placed('domain/name')) domain.name = `${domain.name ?? ''}${text}`;
    if (placed('domain/metadata/nova:instance/nova:owner/nova:project')) {
      domain.project = `${domain.project ?? ''}${text}`;
    }
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onclosetag = () => {
    path.pop();
    if (path.length === 0) throw new Finished();
  };
  parser.onerror = (error) => {
    throw error;
  };
  try {
    parser.write(xml).close();
    domain.mistake = 'it ends before "</domain>"';
  } catch (error) {
    if (error instanceof Finished) return domain;
    domain.mistake = `line ${firstLine + parser.line}: ${(error as Error).message.split('\n')[0]}`;
  }
  return domain;
}

function readDetail(nic: LibvirtInterface, place: string, attribute: (key: string) => string | undefined): void {
  const set = (key: 'mac' | 'port' | 'network' | 'vlan', value: string | undefined): void => {
    if (value !== undefined) nic[key] ??= value;
  };
  if (place === 'mac') set('mac', attribute('address'));
  if (place === 'target') set('port', attribute('dev'));
  if (place === 'source') set('network', attribute('bridge') ?? attribute('network') ?? attribute('dev'));
  if (place === 'vlan/tag') set('vlan', attribute('id'));
  if (place === 'teaming' && attribute('type') === 'transient') nic.transient = true;
}

/** Reads `virsh dumpxml` of one domain or many. */
export function parseLibvirt(text: string): Imported {
  const found = new Collected();
  for (const { name, running, project, interfaces, line, mistake } of readDomains(text)) {
    const title = name === undefined ? 'a domain without a name' : `domain ${quoteValue(name)}`;
    if (mistake !== undefined) {
      found.refuse(
        `line ${line}`,
        `${title[0]?.toUpperCase()}${title.slice(1)} cannot be read to its end: ${mistake}.`,
      );
    }
    interfaces.forEach((seen, nic) => {
      if (seen.transient) return;
      found.add({
        where: `line ${seen.line} (${title})`,
        mac: seen.mac,
        guest: name,
        nic,
        network: seen.vlan === undefined ? seen.network : `${seen.network ?? ''}.${seen.vlan}`,
        owner: project,
        state: running ? 'running' : 'shut off',
      });
    });
  }
  return found;
}
