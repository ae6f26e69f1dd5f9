/** In a pod of an application's namespace: tries the path to the target as the applications there would go it. */
import { atAddress, withOwnCluster } from "../brokers/connection.ts";
import { BrokerError, kafkaError } from "../brokers/kafka-error.ts";
import { tryLogins } from "../brokers/login.ts";
import { roundTrip } from "../brokers/round-trip.ts";
import { settleAll } from "../model/settle-all.ts";
import type { PathLogin, PathProbeSettings, PathProblem, PathResult } from "../model/programs.ts";
import { withoutUsers } from "../model/protocol.ts";
import type { KafkaEndpoint } from "../model/sides.ts";

/** A termination message has 4,096 bytes: room for so many sentences of so many characters. */
const mostProblems = 5;
const longestProblem = 500;
const mostWorkloads = 5;

/** What answered at an address, or why nothing did. */
interface Answer {
  readonly address: string;
  readonly milliseconds?: number;
  readonly problem?: string;
}

/**
 * TCP, TLS, login, and every broker at the address that it advertises. Never rejects: what fails is the result. Nothing is
 * read, written or joined, so that users need no right.
 */
export async function probePath({ target, logins }: PathProbeSettings): Promise<PathResult> {
  const bare = { ...target, protocol: withoutUsers(target.protocol) };
  // Without a user a broker answers which requests it takes, and nothing else.
  const doors = await settleAll(bare.bootstrap.map((address) => knock(bare, address)));
  if (doors.every(({ problem }) => problem !== undefined)) return result(false, doors, []);
  const trials = await tryLogins(
    target,
    logins.map(({ secret, mechanisms }) => ({ secret, mechanisms })),
  );
  const refused = logins.flatMap((login, at): PathProblem[] => {
    const trial = trials[at]!;
    if ("accepted" in trial) return [];
    const reason = "refused" in trial ? trial.refused : trial.untried;
    return [{ workloads: login.workloads, problem: `with ${secretOf(login)}: ${reason}` }];
  });
  const at = trials.findIndex((trial) => "accepted" in trial);
  const accepted = trials[at];
  if (accepted === undefined || !("accepted" in accepted)) return result(false, doors, refused);
  const user = { mechanism: accepted.accepted, credentials: logins[at]!.secret };
  return result(true, await everyBroker({ ...target, ...user }), refused);
}

async function knock(endpoint: KafkaEndpoint, address: string): Promise<Answer> {
  try {
    return { address, milliseconds: await atAddress(endpoint, address, (connection) => roundTrip(connection, 1)) };
  } catch (error) {
    return { address, problem: said(error) };
  }
}

/** What the client has made of it: a sentence already. */
const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Each at the address that it gives out, with the login. */
async function everyBroker(endpoint: KafkaEndpoint): Promise<Answer[]> {
  try {
    return await withOwnCluster(endpoint, async (cluster) => {
      const { brokers } = await cluster.describe([]);
      const asked = [...brokers].map(async ([id, { host, port }]): Promise<Answer> => {
        const address = `${host}:${port}`;
        try {
          return { address, milliseconds: await roundTrip(await cluster.broker(id)) };
        } catch (error) {
          const problem = error instanceof BrokerError ? error.message : `${address}: ${kafkaError(error)}`;
          return { address, problem };
        }
      });
      return settleAll(asked);
    });
  } catch (error) {
    return [{ address: endpoint.bootstrap.join(", "), problem: said(error) }];
  }
}

function result(loggedIn: boolean, answers: readonly Answer[], refused: readonly PathProblem[]): PathResult {
  const slowest = answers
    .flatMap(({ address, milliseconds }) => (milliseconds === undefined ? [] : [{ address, milliseconds }]))
    .sort((a, b) => b.milliseconds - a.milliseconds)[0];
  const unreached = answers.flatMap(({ address, problem }): PathProblem[] =>
    problem === undefined ? [] : [{ problem: loggedIn ? problem : `${address}: ${problem}` }],
  );
  // Where nobody can log in, addresses that do not answer are the clients' to try in turn.
  const counted = loggedIn || slowest === undefined ? [...unreached, ...refused] : [...refused, ...unreached];
  return {
    brokers: answers.filter(({ problem }) => problem === undefined).length,
    loggedIn,
    ...(slowest && { slowest }),
    problems: counted.slice(0, mostProblems).map(short),
    more: Math.max(0, counted.length - mostProblems),
  };
}

const short = ({ workloads, problem }: PathProblem): PathProblem => ({
  ...(workloads && { workloads: workloads.slice(0, mostWorkloads) }),
  problem: problem.length > longestProblem ? `${problem.slice(0, longestProblem - 1)}…` : problem,
});

const secretOf = ({ secret }: PathLogin): string => `Secret ${secret.kubernetes.namespace}/${secret.name}`;
