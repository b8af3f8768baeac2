import { routes } from "#contracts/api";
import { deleteValueList } from "../../exceptions/value-lists.ts";
import { ok } from "../../lib/result.ts";
import type { RouteCall } from "../call-route.ts";
import type { AppContext } from "../context.ts";
import type { Handlers } from "../router.ts";
import { authorityOf, personOf, waitingIn } from "../waiting.ts";

type Names = "valueLists" | "valueList" | "createValueList" | "changeValueList" | "deleteValueList";

/** Lists of values that exceptions refer to. Large ones are read and written in a worker. */
export function valueListHandlers({ store, work, now }: AppContext): Pick<Handlers, Names> {
  const writing = ({ actor, caller }: Pick<RouteCall<"createValueList">, "actor" | "caller">) => ({
    person: personOf(actor),
    authority: authorityOf(caller, routes.createValueList.access),
  });
  return {
    valueLists: async () => {
      const items = [...(await store.valueLists.all())];
      return ok({ items, total: items.length });
    },
    valueList: ({ params: { id }, query, ...call }) => work.run("valueList", { id, query }, waitingIn(call)),
    createValueList: ({ body, actor, caller }) =>
      work.run("createValueList", { request: body, actor }, writing({ actor, caller })),
    changeValueList: ({ params: { id }, body, actor, caller }) =>
      work.run("changeValueList", { id, change: body, actor }, writing({ actor, caller })),
    deleteValueList: ({ params, actor }) => deleteValueList(store, params.id, { actor, at: now() }),
  };
}
