import type { ClusterConnection } from '../../runtime/cluster-connection.ts';

/** What is sent over connections: requests begin when credentials are asked for, and end when they are told as ended. */
export interface Activity {
  /** The same connection, of which each request is seen. */
  through(connection: ClusterConnection): ClusterConnection;
  /** Tells that a request has its answer, or will have none. */
  end(): void;
  /** Resolves when nothing was sent, and no answer waited for, for the milliseconds. */
  awaitQuiet(milliseconds: number): Promise<void>;
}

/** How often it is looked, in milliseconds. */
const TURN = 20;

/** Begins to watch for what is sent. */
export function watchActivity(): Activity {
  let begun = 0;
  let underWay = 0;
  return {
    through: (connection) => ({
      ...connection,
      credentials(refused) {
        begun += 1;
        underWay += 1;
        return connection.credentials(refused);
      },
    }),
    end() {
      underWay -= 1;
    },
    async awaitQuiet(milliseconds) {
      // In turns of the event loop, not by the clock: a process that was held up has not been quiet, it has only not looked.
      let seen = begun;
      for (let quiet = 0; quiet < milliseconds; quiet += TURN) {
        await new Promise((resolve) => setTimeout(resolve, TURN));
        if (underWay > 0 || begun !== seen) quiet = -TURN;
        seen = begun;
      }
    },
  };
}
