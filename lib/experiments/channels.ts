/** Channels of the electrode problems, in their order. */
export const channels = ["c", "phi"] as const;
