// What the page knows, and who may change it.

//2// const LIMIT = 100;
//2//
export class Store {
  constructor() {
    this.orders = new Map();
  }

  //2// isFull() {
  //2//   return this.orders.size >= LIMIT;
  //2// }
  //2//
  change(order) {
    //2// if (this.isFull()) this.orders.clear();
    this.check(order);
    this.orders.set(order, 'changed');
  }

  check(order) {
    throw new Error(`order ${order} was shipped and cannot be changed`);
  }
}
