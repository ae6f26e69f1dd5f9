import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spoken } from "../tools/command.ts";
import { fetchPlugin } from "../tools/fetched-plugins.ts";
import { findInstalled, isIn, versionIn } from "../tools/found.ts";

describe("versions of programs", () => {
  for (const [text, version] of [
    ["go1.26.8", "1.26.8"],
    ["v3.230.0", "3.230.0"],
    ["etcd Version: 3.6.5\nGit SHA: 85ef8bb\nGo Version: go1.24.6", "3.6.5"],
    ["Kubernetes v1.36.0-rc.1", "1.36.0-rc.1"],
    ["v3.18.6+gb76a950", "3.18.6"],
    ['version "17.0.15"', "17.0.15"],
    ['version "1.8.0_402"', "1.8.0"],
    ['version "21-ea"', "21.0.0-ea"],
    ["Apache Maven 3.8.7 (b89d5959fcde851dcb1c8946a785a163f14e1e29)", "3.8.7"],
  ] as const)
    it(`read ${JSON.stringify(text)}`, () => assert.equal(versionIn(text)?.version, version));

  it("are none where there is none", () => assert.equal(versionIn("command not found"), undefined));

  for (const [version, range, fits] of [
    ["3.230.0", ">=3.230.0 <4.0.0-0", true],
    ["3.230.0-alpha.x", ">=3.230.0 <4.0.0-0", false],
    ["3.231.0-dev.0", ">=3.230.0 <4.0.0-0", true],
    ["4.0.0-rc.1", ">=3.230.0 <4.0.0-0", false],
    ["1.39.9-eks-036c24b", ">=1.30.0 <1.40.0-0", true],
    ["1.40.0-alpha.0", ">=1.30.0 <1.40.0-0", false],
  ] as const)
    it(`${version} ${fits ? "lies" : "does not lie"} in ${range}`, () =>
      assert.equal(isIn(versionIn(version)!, range), fits));
});

describe("programs that the machine has", () => {
  const kept = { PATH: process.env.PATH, KUBEBUILDER_ASSETS: process.env.KUBEBUILDER_ASSETS };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tools-"));
    process.env.PATH = join(folder, "bin");
    delete process.env.KUBEBUILDER_ASSETS;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  /** A program that answers with a text, whatever it is asked. */
  function program(below: string, name: string, says: string): string {
    mkdirSync(join(folder, below), { recursive: true });
    const file = join(folder, below, name);
    writeFileSync(file, `#!/bin/sh\necho "${says}"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  async function found(): Promise<{ paths: Record<string, string>; lines: string[] }> {
    const lines: string[] = [];
    return { paths: Object.fromEntries(await findInstalled((line) => lines.push(line))), lines };
  }

  it("are used from PATH if they fit", async () => {
    const pulumi = program("bin", "pulumi", "v3.250.0");
    program("bin", "pulumi-language-nodejs", "");
    const helm = program("bin", "helm", "v3.18.6+gb76a950");
    assert.deepEqual(await found(), { paths: { pulumi, helm }, lines: [] });
  });

  it("are used from setup-envtest's folder, before PATH", async () => {
    process.env.KUBEBUILDER_ASSETS = join(folder, "envtest");
    const etcd = program("envtest", "etcd", "etcd Version: 3.6.4");
    const apiserver = program("envtest", "kube-apiserver", "Kubernetes v1.34.1");
    program("envtest", "helm", "v3.18.6");
    program("bin", "etcd", "etcd Version: 3.5.16");
    assert.deepEqual(await found(), { paths: { etcd, "kube-apiserver": apiserver }, lines: [] });
  });

  it("are used from PATH where setup-envtest's do not fit, and the line says so", async () => {
    process.env.KUBEBUILDER_ASSETS = join(folder, "envtest");
    const old = program("envtest", "kube-apiserver", "Kubernetes v1.29.0");
    const apiserver = program("bin", "kube-apiserver", "Kubernetes v1.35.4");
    const { paths, lines } = await found();
    assert.deepEqual(paths, { "kube-apiserver": apiserver });
    assert.deepEqual(lines, [`${old} is ignored: it is version 1.29.0, needed is 1.30 to 1.39`]);
  });

  it("are left alone where they do not fit, answer nothing or lack a part", async () => {
    program("bin", "pulumi", "v3.250.0");
    program("bin", "helm", "v4.0.0-rc.1");
    program("bin", "etcd", "usage");
    program("bin", "kube-apiserver", "Kubernetes v1.40.0-alpha.0");
    const { paths, lines } = await found();
    assert.deepEqual(paths, {});
    assert.match(lines.join("\n"), /pulumi-language-nodejs is neither next to it nor on PATH/);
    assert.match(lines.join("\n"), /it is version 4\.0\.0-rc\.1, needed is 3\.12 or later, below 4/);
    assert.match(lines.join("\n"), /it is version 1\.40\.0-alpha\.0, needed is 1\.30 to 1\.39/);
    assert.match(lines.join("\n"), /"--version" does not answer with a version \(usage\)/);
  });
});

describe("a plugin that a CLI could not fetch", () => {
  const plugin = { name: "kafka", version: "3.13.2" };
  let folder: string;
  let asked: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plugins-"));
    process.env.KAFKA_MIGRATION_CACHE = join(folder, "cache");
    asked = join(folder, "asked");
  });
  afterEach(() => {
    delete process.env.KAFKA_MIGRATION_CACHE;
    rmSync(folder, { recursive: true });
  });

  /** A CLI that notes that it was asked. */
  function cli(works: boolean): string {
    const file = join(folder, "pulumi");
    const fetched = `$PULUMI_HOME/plugins/resource-kafka-v3.13.2`;
    const outcome = works
      ? `mkdir -p "${fetched}" && touch "${fetched}/pulumi-resource-kafka"`
      : "echo error: no such host >&2; exit 1";
    writeFileSync(file, `#!/bin/sh\necho >> "${asked}"\n${outcome}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  const times = () => (existsSync(asked) ? readFileSync(asked, "utf8").length : 0);

  async function fetchWith(works: boolean, fetchAgain = false) {
    rmSync(asked, { force: true });
    const lines: string[] = [];
    const onProgress = (line: string) => void lines.push(line);
    const file = await fetchPlugin(cli(works), plugin, { onProgress, fetchAgain, pauses: [0, 0] });
    return { file, asked: times(), lines: lines.join("\n") };
  }

  /** Makes the failure older. */
  function minutesPass(minutes: number): void {
    const then = Date.now() / 1000 - minutes * 60;
    for (const { name } of mark()) utimesSync(join(folder, "cache", name), then, then);
  }
  const mark = () =>
    readdirSync(join(folder, "cache"), { withFileTypes: true }).filter(({ name }) => name.endsWith(".failed"));

  it("is asked for three times, then not again within an hour, and each run says why", async () => {
    const first = await fetchWith(false);
    assert.deepEqual([first.file, first.asked], [undefined, 3]);
    assert.match(first.lines, /could not be fetched \(error: no such host\); once more in/);
    assert.match(first.lines, /could not be fetched, it is built instead \(error: no such host\)$/);
    minutesPass(55);
    const again = await fetchWith(true);
    assert.deepEqual([again.file, again.asked], [undefined, 0]);
    assert.match(
      again.lines,
      /kafka provider 3\.13\.2: could not be fetched 55 min 0 s ago.*no such host.*"npm run tools"/,
    );
  });

  it("is asked for again after an hour", async () => {
    await fetchWith(false);
    minutesPass(65);
    const { file, asked } = await fetchWith(true);
    assert.equal(asked, 1);
    assert.ok(existsSync(file!));
    assert.deepEqual(mark(), []);
  });

  it("is asked for again at once by npm run tools", async () => {
    await fetchWith(false);
    const { file, asked } = await fetchWith(true, true);
    assert.equal(asked, 1);
    assert.ok(existsSync(file!));
  });
});

describe("a time that people read", () => {
  it("has at most two units", () =>
    assert.deepEqual([59, 61, 3599, 3600, 90_000].map(spoken), [
      "59 s",
      "1 min 1 s",
      "59 min 59 s",
      "1 h 0 min",
      "25 h 0 min",
    ]));
});
