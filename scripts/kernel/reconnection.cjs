/**
 * A page that is loaded anew while a cell runs. The new page does not know the cell's request: it dropped what the cell
 * went on to show, and since its own first question was answered at once, it took the kernel for idle. Here
 *   - the kernel says after each such answer that it is busy, as long as a cell runs;
 *   - what the running cell shows goes to the cell that the new page has asked for last: run again, it shows the bar
 *   and the curves of the work
 *     that is going on, and after that what it does itself.
 */

/** @param jupyter tslab's module of this name, before it is used. */
function outliveThePage({ ZmqServer }) {
  const { handleExecute, publishStatus } = ZmqServer.prototype;
  const pending = []; // requests to run a cell: the first one runs, the others wait

  ZmqServer.prototype.publishStatus = function (status, parent) {
    publishStatus.call(this, status, parent);
    const [running] = pending;
    if (status === "idle" && running && running !== parent) publishStatus.call(this, "busy", running);
  };

  ZmqServer.prototype.handleExecute = async function (socket, message) {
    pending.push(message);
    follow(message, pending);
    try {
      await handleExecute.call(this, socket, message);
    } finally {
      pending.splice(pending.indexOf(message), 1);
    }
  };
}

/** Lets what `message` has its cell show go to the last request that waits in another session. */
function follow(message, pending) {
  const { createReply } = message;
  const known = new Set(); // outputs that the new page has
  let replies = 0;
  message.createReply = function () {
    const ownReply = replies++ === 0; // the first one made is the answer to the request itself
    const next = ownReply ? undefined : pending.findLast((other) => other.header.session !== message.header.session);
    if (!next || pending[0] !== message) return createReply.call(message);
    const reply = createReply.call(next);
    const { signAndSend } = reply;
    reply.signAndSend = function (...rest) {
      const id = this.content.transient?.display_id;
      const output = `${next.header.msg_id} ${id}`;
      if (this.header.msg_type === "update_display_data" && !known.has(output)) this.header.msg_type = "display_data";
      if (id !== undefined) known.add(output);
      return signAndSend.apply(this, rest);
    };
    return reply;
  };
}

module.exports = { outliveThePage };
