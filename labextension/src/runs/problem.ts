/** What went wrong, in words that are complete in themselves. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly fix = ''
  ) {
    super(message);
    this.name = 'Problem';
  }

  /** Whatever was thrown, as a Problem. */
  static of(thrown: unknown): Problem {
    if (thrown instanceof Problem) {
      return thrown;
    }
    return new Problem(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
