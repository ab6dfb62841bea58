import type { FollowersPlan } from '../k6/k6-plan.ts';
import { overhead, type Scenario, type ScenarioSettings } from './scenario.ts';

/** 2,000 sockets, two of each participant, and so many messages a second that each of them is told one every second. */
const crowd = { followed: 100, followersEach: 20, messagesPerConversation: 1, rampSeconds: 8 } as const;

const planFollowers = ({ conversations, warmUpSeconds, blockSeconds }: ScenarioSettings): FollowersPlan => {
  const followed = Math.min(crowd.followed, conversations);
  return {
    ...{ kind: 'followers', followed, followersEach: crowd.followersEach, rampSeconds: crowd.rampSeconds },
    ...{ sendRate: followed * crowd.messagesPerConversation, warmUpSeconds, seconds: blockSeconds },
  };
};

/** Sockets that follow conversations: how long a message takes from its sender to each follower, and whether each is told all, in order. */
export const realtime: Scenario = {
  name: 'realtime',
  configurations: ['full-stack'],
  connections: () => crowd.followed * crowd.followersEach + 1000,
  seconds: (settings) => crowd.rampSeconds + settings.warmUpSeconds + settings.blockSeconds + 3 * overhead,
  run: async ({ settings, full, measure }) => {
    await measure({ configuration: full, repetition: 0, plan: planFollowers(settings) });
  },
};
