/** Runs claims without their printing; the first that does not hold, or undefined. */
export function failedClaim(claims: () => void): string | undefined {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (() => true) as typeof process.stdout.write;
  try {
    claims();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    process.stdout.write = write;
  }
}
