/**
 * dict/file/format - what a file format of tables can do: be read, and be written in one go.
 *
 * Keys and values are bytes as they lie in the file, a trailing NUL included where there is one.
 */

export type Entry = readonly [key: Buffer, value: Buffer];

/** An open table file. What is damaged throws. */
export interface TableReader {
  /** The first value of the key. @throws {Error} damaged file */
  find(key: Buffer): Buffer | undefined;
  /** In the order of the file. @throws {Error} damaged file */
  entries(): Iterable<Entry>;
  close(): void;
}

export interface TableFormat {
  /** What is added to the name of the source: `.db`. */
  readonly suffix: string;
  /** How postmap's warnings name the file of this source: Postfix's words differ by type. */
  readonly shownAs: (source: string) => string;
  /** New entries end with NUL where the type's C programs do so on Linux. */
  readonly trailingNul: boolean;
  /** Whether `postmap -s` may list it: Postfix cannot list cdb files. */
  readonly isListable: boolean;
  /** @param content of the file where it cannot be read here @throws {Error} system errors; `Invalid argument`: not such a file */
  read(path: string, content?: Buffer): TableReader;
  /** The parts of the whole file, in order. Keys are unique. @throws {Error} an entry that the format cannot hold */
  build(entries: readonly Entry[]): readonly Buffer[];
}

/** What tells one state of a file from another. */
export interface FileSignature {
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
}
