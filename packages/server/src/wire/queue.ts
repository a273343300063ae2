/** First in, first out. Unlike `Array.shift`, taking one out of many thousands moves none of the others. */
export class Queue<T> {
  #items: T[] = []
  #from = 0

  get length(): number {
    return this.#items.length - this.#from
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#from++]
    // Whatever was handed out is let go of at the latest when it makes up half of the array.
    if (this.#from * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#from)
      this.#from = 0
    }
    return item
  }
}
