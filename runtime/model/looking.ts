/** Of a gate or a move in a preview: what it finds now is part of what people read. Never kept in the state. */
export interface Looking {
  readonly looks?: true;
}
