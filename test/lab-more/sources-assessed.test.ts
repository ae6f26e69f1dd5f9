/** Clusters that somebody else runs, assessed: release, mode and login of which no other file walks a migration. */
import { isAssessed } from "../lab/support/assessed-source.ts";
import { usesLab } from "../lab/support/shared-lab.ts";

const minutes = 15 * 60_000;

describe("a source that somebody else runs: Kafka 3.3.2 with ZooKeeper and SCRAM", function () {
  this.timeout(minutes);
  usesLab(this, "pega");
  isAssessed({ version: "3.3.2", zookeeper: true, login: "SCRAM-SHA-256" });
});

describe("a source that somebody else runs: Kafka 3.9.0 with KRaft", function () {
  this.timeout(minutes);
  usesLab(this, "pega");
  isAssessed({ version: "3.9.0" });
});
