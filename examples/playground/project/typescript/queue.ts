// A queue of jobs with priorities, as a binary heap.

export interface Job {
  name: string;
  priority: number;
}

export class JobQueue {
  private heap: Job[] = [];

  get size(): number {
    return this.heap.length;
  }

  push(job: Job): void {
    this.heap.push(job);
    let index = this.heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.heap[parent].priority >= this.heap[index].priority) break;
      this.swap(parent, index);
      index = parent;
    }
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b], this.heap[a]];
  }
}
