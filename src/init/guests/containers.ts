import type { ToolAsker } from '../ask-tool.ts';
import type { FoundContainer } from '../findings.ts';

/** Reads `docker ps --format '{{json .}}'`: one object a line. */
export function parseDockerContainers(text: string): FoundContainer[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as { Names: string; Ports: string })
    .map(({ Names, Ports }) => ({ engine: 'Docker', name: Names, ports: Ports }));
}

interface PodmanPort {
  readonly host_ip?: string;
  readonly host_port: number;
  readonly container_port: number;
  readonly range?: number;
  readonly protocol?: string;
}

function renderPort({ host_ip, host_port, container_port, range = 1, protocol = 'tcp' }: PodmanPort): string {
  const ports = (first: number): string => (range > 1 ? `${first}-${first + range - 1}` : `${first}`);
  return `${host_ip || '0.0.0.0'}:${ports(host_port)}->${ports(container_port)}/${protocol}`;
}

/** Reads `podman ps --format json`. */
export function parsePodmanContainers(text: string): FoundContainer[] {
  const shown = JSON.parse(text || '[]') as { Names?: string[]; Id: string; Ports?: PodmanPort[] | null }[];
  return shown.map(({ Names, Id, Ports }) => ({
    engine: 'Podman',
    name: Names?.[0] ?? Id.slice(0, 12),
    ports: (Ports ?? []).map(renderPort).join(', '),
  }));
}

/** Running containers of Docker and of root's Podman, asked only where they have been used before. */
export async function findContainers(tools: ToolAsker): Promise<FoundContainer[]> {
  const docker = tools.present('/run/docker.sock', '/var/run/docker.sock')
    ? tools.askFor('containers of Docker', ['docker', 'ps', '--format', '{{json .}}'], parseDockerContainers)
    : undefined;
  const podman = tools.present('/var/lib/containers/storage')
    ? tools.askFor('containers of Podman', ['podman', 'ps', '--format', 'json'], parsePodmanContainers)
    : undefined;
  return [...((await docker) ?? []), ...((await podman) ?? [])];
}
