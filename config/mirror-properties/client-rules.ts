/** Settings of the connectors' clients that are not the user's: by their names behind the prefix of a client. */

interface Rule {
  readonly settings: RegExp;
  /** Why no value is taken, as the end of "…; remove it". */
  readonly because?: string;
  /** The values that are safe, and what every other one does. */
  readonly allowed?: { readonly values: readonly string[]; readonly otherwise: string };
}

export const changing = "changes or drops records on their way, and a switch proves that both sides hold the same";

export const clientRules: readonly Rule[] = [
  {
    settings: /^(bootstrap\.(servers|controllers)|security\.protocol|sasl\.(mechanism|jaas\.config))$/,
    because: "set by the program from source and target: another cluster's records would be counted as copied",
  },
  {
    settings: /^ssl\.(keystore|truststore|key)\./,
    because: "set by the program from the Secrets of source and target",
  },
  { settings: /^interceptor\.classes$/, because: changing },
  {
    settings: /^(key|value)\.(de)?serializer$/,
    because: "set by MirrorMaker 2 and Connect: records are copied as bytes, whatever their format",
  },
  {
    settings: /^(group\.(id|instance\.id|protocol|remote\.assignor)|partition\.assignment\.strategy)$/,
    because: "has no effect, because MirrorMaker 2 reads partitions that Connect assigns, without a group",
  },
  { settings: /^share\./, because: "has no effect, because MirrorMaker 2 is in no share group" },
  {
    settings: /^(transactional\.id|transaction\.two\.phase\.commit\.enable)$/,
    because: "set by Connect: transactions of another name are not fenced, and a record could be there twice",
  },
  {
    settings: /^enable\.idempotence$/,
    allowed: { values: ["true"], otherwise: "repeats records, and contradicts transactions" },
  },
  {
    settings: /^enable\.auto\.commit$/,
    allowed: { values: ["false"], otherwise: "has no effect, because Connect keeps the positions" },
  },
];

export const clientRuleOf = (setting: string): Rule | undefined =>
  clientRules.find(({ settings }) => settings.test(setting));
