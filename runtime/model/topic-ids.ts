/**
 * What stands for the id of a topic on a cluster that has none: one with inter.broker.protocol.version before 2.8, and
 * services. It equals itself and says nothing.
 */
export const unknownTopicId = "00000000-0000-0000-0000-000000000000";
