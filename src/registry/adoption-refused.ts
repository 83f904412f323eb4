import { AppError } from '../errors/app-error.ts';

/** Why a NIC whose lease a request made cannot become the site's now: it has two MAC addresses. */
export function adoptionRefused(nic: string): AppError {
  return new AppError(
    'conflict',
    `NIC "${nic}" was leased by a request and rotates: it has two MAC addresses; expected one, after its rotation or after \`bridgekeeper rotate ${nic} --back\``,
    { details: { nic } },
  );
}
