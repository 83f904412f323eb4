import koffi from 'koffi';
import { AppError } from '../errors/app-error.ts';

/** pcap/pcap.h, pcap/bpf.h */
const PCAP_ERRBUF_SIZE = 256;
const PCAP_NETMASK_UNKNOWN = 0xffffffff;
const LINKTYPE_ETHERNET = 1;
const bpfProgramSize = 16;
const wholeFrame = 262_144;
/** The kernel keeps frames here while nobody reads. */
const ringBytes = 8 * 1024 * 1024;
/** `struct pcap_pkthdr`: seconds and microseconds (8 bytes each), captured and whole length (4 bytes each). */
const headerSize = 24;

function load() {
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load('libpcap.so.0.8');
  } catch (cause) {
    throw new AppError('unsupported', 'libpcap.so.0.8 cannot be loaded; Debian has it in "libpcap0.8"', { cause });
  }
  return {
    create: library.func('void *pcap_create(const char *, void *)'),
    setSnap: library.func('int pcap_set_snaplen(void *, int)'),
    setImmediate: library.func('int pcap_set_immediate_mode(void *, int)'),
    setBuffer: library.func('int pcap_set_buffer_size(void *, int)'),
    activate: library.func('int pcap_activate(void *)'),
    setNonblock: library.func('int pcap_setnonblock(void *, int, void *)'),
    compile: library.func('int pcap_compile(void *, void *, const char *, int, uint32_t)'),
    setFilter: library.func('int pcap_setfilter(void *, void *)'),
    freeCode: library.func('void pcap_freecode(void *)'),
    next: library.func('int pcap_next_ex(void *, _Out_ void **, _Out_ void **)'),
    error: library.func('const char *pcap_geterr(void *)'),
    close: library.func('void pcap_close(void *)'),
  };
}

let calls: ReturnType<typeof load> | undefined;

/** Header of a pcap file: version 2.4, microseconds, this machine's byte order, Ethernet (pcap-savefile(5)). */
export function pcapFileHeader(snap: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snap === 0 ? wholeFrame : snap, 16);
  header.writeUInt32LE(LINKTYPE_ETHERNET, 20);
  return header;
}

/** Frames of one interface, read by libpcap. */
interface Pcap {
  /** Frames that have come in since, `most` of them at most, as records of a pcap file. */
  drain(most: number): Buffer[];
  close(): void;
}

/**
 * Opens an interface, in both directions and without making it promiscuous. `filter` is in the language of
 * pcap-filter(7). Throws `command-failed` with libpcap's words for an interface that is not there, a filter that it
 * does not understand or a missing CAP_NET_RAW, and `unsupported` when it is not installed. `snap` is how many bytes of
 * each frame are kept, 0 for all.
 */
export function openPcap(device: string, filter: string, snap: number): Pcap {
  calls ??= load();
  const { create, activate, compile, setFilter, freeCode, next, error, close, ...set } = calls;
  const words = Buffer.alloc(PCAP_ERRBUF_SIZE);
  const handle: unknown = create(device, words);
  const refuse = (why: string): never => {
    throw new AppError('command-failed', `capturing at interface "${device}" failed: ${why}`);
  };
  if (handle === null) refuse(words.toString('utf8').replace(/\0.*$/s, ''));
  const close_ = (why: string): never => {
    close(handle);
    return refuse(why);
  };
  set.setSnap(handle, snap === 0 ? wholeFrame : snap);
  set.setImmediate(handle, 1);
  set.setBuffer(handle, ringBytes);
  if ((activate(handle) as number) < 0) close_(String(error(handle)));
  const program = Buffer.alloc(bpfProgramSize);
  if ((compile(handle, program, filter, 1, PCAP_NETMASK_UNKNOWN) as number) < 0) close_(String(error(handle)));
  const filtered = setFilter(handle, program) as number;
  freeCode(program);
  if (filtered < 0) close_(String(error(handle)));
  set.setNonblock(handle, 1, words);
  let open = true;
  return {
    drain(most) {
      const records: Buffer[] = [];
      while (open && records.length < most) {
        const header: [unknown] = [null];
        const data: [unknown] = [null];
        const status = next(handle, header, data) as number;
        if (status === 0) break;
        if (status < 0) refuse(String(error(handle)));
        const about = new DataView(koffi.view(header[0], headerSize));
        const length = about.getUint32(16, true);
        const record = Buffer.allocUnsafe(16 + length);
        record.writeUInt32LE(about.getUint32(0, true), 0);
        record.writeUInt32LE(about.getUint32(8, true), 4);
        record.writeUInt32LE(length, 8);
        record.writeUInt32LE(about.getUint32(20, true), 12);
        record.set(new Uint8Array(koffi.view(data[0], length)), 16);
        records.push(record);
      }
      return records;
    },
    close() {
      if (open) close(handle);
      open = false;
    },
  };
}
