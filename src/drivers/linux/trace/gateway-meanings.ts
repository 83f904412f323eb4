import { forwardAt } from '../../../explain/published.ts';
import { renderRate } from '../../../model/quantity.ts';
import { blockWords, dnatWords, forwardWords, guestAt, policyWords } from './gateway-words.ts';
import { type Meaning, says } from './meaning.ts';

/** What rules of the gateway mean, the first that fits. */
export const gatewayMeanings: readonly Meaning[] = [
  {
    chain: /^foreign$/,
    rule: /^drop/,
    words: says("the guard of the uplink stops it: another source MAC address than the uplink's own"),
  },
  { chain: /^same_address_zone$/, words: says('tracked apart from the host: the guest has the shared address itself') },
  {
    chain: /^(same_address_mark|same_address_output)$/,
    rule: /@share_port/,
    words: (headers) => ({
      text: `port ${headers.destinationPort} of the shared address is a guest's own: marked for it`,
    }),
  },
  { chain: /^from_same_address$/, words: says('marked as a flow of the guest that has the shared address') },
  {
    chain: /^dstnat$/,
    rule: /refused_source/,
    words: says('refused: from outside nobody speaks with an inner address'),
  },
  {
    chain: /^published/,
    rule: /refused_source/,
    words: (headers, desired) =>
      forwardWords(headers, desired, (id) => `refused: ${headers.source} is not on the source list of forward ${id}`),
  },
  {
    chain: /^published/,
    rule: /refused_rate/,
    words: (headers, desired) => {
      const rate = forwardAt(desired, headers.protocol, headers.destinationPort)?.rate;
      const most = rate ? renderRate(rate) : 'its rate';
      return forwardWords(
        headers,
        desired,
        (id) => `refused: forward ${id} takes no more than ${most} new connections`,
      );
    },
  },
  { chain: /^published/, rule: /@open4/, words: says('a guest has this port open for anybody: it is led there') },
  { chain: /^published/, rule: /dnat/, words: dnatWords },
  { chain: /^forwarding$/, rule: /ct state/, words: says('belongs to a session that is open: passes') },
  { chain: /^forwarding$/, rule: /flow add/, words: says('the session may take the short cut from now on') },
  {
    chain: /^(from_guest|to_guest)$/,
    rule: /ct state invalid/,
    words: says('refused: no session fits it, and it begins none'),
  },
  { chain: /^policy_/, words: policyWords },
  {
    chain: /^to_guest$/,
    rule: /refused_policy/,
    words: says('refused: nobody in the world reaches an inner address directly'),
  },
  {
    chain: /^guest_to_guest$/,
    rule: /refused_policy/,
    words: says('refused: segments are apart, and no policy allows it'),
  },
  {
    chain: /^guest_to_world$/,
    rule: /169\.254/,
    words: says('refused: addresses of the link alone are not routed (RFC 3927)'),
  },
  {
    chain: /./,
    rule: /refused_stray/,
    words: says('refused with a reset: TCP of no open session that begins none'),
  },
  { chain: /./, rule: /refused_policy/, words: says('refused: guests may not send that out') },
  {
    chain: /./,
    rule: /refused_host/,
    words: says('refused: at this address the host offers guests names and addresses only'),
  },
  {
    chain: /^over_host$/,
    rule: /refused_guest_sessions/,
    words: says('refused: too many flows from this NIC to the host itself'),
  },
  {
    chain: /^over_sessions/,
    rule: /refused_guest_sessions/,
    words: (headers, desired) => ({
      text: `refused: ${guestAt(desired, headers)} has as many open sessions as it may have`,
      object: { kind: 'limit', name: 'sessionsPerGuest' },
    }),
  },
  {
    chain: /^over_rate/,
    rule: /refused_new_sessions/,
    words: (headers, desired) => ({
      text: `refused: ${guestAt(desired, headers)} begins sessions faster than it may`,
      object: { kind: 'limit', name: 'newSessionsPerGuest' },
    }),
  },
  {
    chain: /^over_total/,
    rule: /refused_sessions/,
    words: (_headers, desired) => ({
      text: `refused: the ${desired.limits.sessions} sessions that all guests may have together are shared out`,
      object: { kind: 'limit', name: 'sessions' },
    }),
  },
  { chain: /^admitted$/, rule: /^accept/, words: says('passes: within the limits') },
  { chain: /^limit_/, rule: /ct status confirmed/, words: says('passes: counted when it began') },
  { chain: /^guest_port$/, rule: /refused_port/, words: says("dropped: a guest's source port, and no session has it") },
  { chain: /^guest_port$/, rule: /socket/, words: says("passes: a guest's source port, but the host listens there") },
  { chain: /^guest_to_guest$/, rule: /same_segment/, words: says('passes: both are in one segment') },
  { chain: /^(to_guest|guest_to_guest)$/, rule: /ct status dnat/, words: says('passes: it came by a forward') },
  {
    chain: /^(to_guest|guest_to_guest)$/,
    rule: /ct mark/,
    words: says("passes: it is for a same-address guest's own port"),
  },
  { chain: /^guest_to_host$/, rule: /accept/, words: says('passes: the host offers it to guests') },
  {
    chain: /^srcnat$/,
    rule: /@share_source/,
    words: (headers) => ({ text: `port ${headers.sourcePort} is the guest's own: it leaves as it is` }),
  },
  { chain: /^(srcnat|slot4_|share_slot)/, rule: /@(block4|share_block)/, words: blockWords },
  { chain: /^block6_/, words: blockWords },
  { chain: /^srcnat$/, rule: /snat/, words: says('its source becomes an address of the host') },
];
