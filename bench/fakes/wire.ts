/** As much of Kafka's encoding as the fake brokers need, written beside the client's own so that both have to agree. */

/** Reads a request from its beginning. */
export class Incoming {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8 = (): number => this.#bytes.readInt8((this.#at += 1) - 1);
  int16 = (): number => this.#bytes.readInt16BE((this.#at += 2) - 2);
  int32 = (): number => this.#bytes.readInt32BE((this.#at += 4) - 4);
  int64 = (): bigint => this.#bytes.readBigInt64BE((this.#at += 8) - 8);
  bool = (): boolean => this.int8() !== 0;

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** An unsigned number of a length that depends on it. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** A text whose length comes first in 16 bits; null where it is -1. */
  text(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#take(length);
  }

  compact(): string | null {
    const length = this.varint() - 1;
    return length < 0 ? null : this.#take(length);
  }

  #take(length: number): string {
    return this.#bytes.toString("utf8", this.#at, (this.#at += length));
  }

  /** A list of the newer form; null where there is none. */
  list<T>(each: () => T): T[] | null {
    const length = this.varint() - 1;
    if (length < 0) return null;
    return Array.from({ length }, each);
  }

  /** A list of the older form. */
  plainList<T>(each: () => T): T[] {
    return Array.from({ length: Math.max(this.int32(), 0) }, each);
  }

  tags(): void {
    for (let left = this.varint(); left > 0; left -= 1) {
      this.varint();
      this.skip(this.varint());
    }
  }
}

/** Writes an answer. */
export class Outgoing {
  #bytes = Buffer.allocUnsafe(1024);
  #at = 0;

  #room(bytes: number): number {
    while (this.#at + bytes > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)]);
    }
    return (this.#at += bytes) - bytes;
  }

  int8(value: number): this {
    const at = this.#room(1);
    this.#bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#room(2);
    this.#bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  int64(value: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  varint(value: number): this {
    let left = value;
    for (; left >= 0x80; left >>>= 7) this.#bytes[this.#room(1)] = (left & 0x7f) | 0x80;
    const at = this.#room(1);
    this.#bytes[at] = left;
    return this;
  }

  text(value: string): this {
    this.int16(Buffer.byteLength(value));
    return this.#put(value);
  }

  compact(value: string | null): this {
    if (value === null) return this.varint(0);
    this.varint(Buffer.byteLength(value) + 1);
    return this.#put(value);
  }

  #put(value: string): this {
    const length = Buffer.byteLength(value);
    const at = this.#room(length);
    this.#bytes.write(value, at);
    return this;
  }

  raw(bytes: Buffer): this {
    const at = this.#room(bytes.length);
    bytes.copy(this.#bytes, at);
    return this;
  }

  zeros(bytes: number): this {
    const at = this.#room(bytes);
    this.#bytes.fill(0, at, at + bytes);
    return this;
  }

  /** A list of the newer form, whose entries end with their tagged fields. */
  list<T>(items: readonly T[], each: (item: T) => void): this {
    this.varint(items.length + 1);
    for (const item of items) {
      each(item);
      this.tags();
    }
    return this;
  }

  numbers(items: readonly number[]): this {
    this.varint(items.length + 1);
    for (const item of items) this.int32(item);
    return this;
  }

  plainList<T>(items: readonly T[], each: (item: T) => void): this {
    this.int32(items.length);
    items.forEach(each);
    return this;
  }

  /** No tagged fields. */
  tags(): this {
    return this.varint(0);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
}
