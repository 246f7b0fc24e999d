// What was done, in words; an action without one says itself.
import { type Key, say } from "../words";

const NAMES: Record<string, Key> = {
  "people.reveal": "act_reveal", "people.search": "act_search", "people.read": "act_read", "people.list": "act_list", "people.missed": "act_list", "people.household": "act_household",
  "people.history": "act_history", "people.knocks": "act_knocks", "people.joins": "act_joins", "people.edit": "act_edit", "people.add": "act_add", "people.move": "act_move",
  "people.merge": "act_merge", "people.leave": "act_leave", "people.return": "act_return", "people.contact": "act_contact", "people.erase": "act_erase", "people.export": "act_export",
  "people.import": "act_import", "tags.retire": "act_tag_list", "tags.save": "act_tag_list", "tags.import": "act_tag_list", "tags.merge": "act_tag_list", "tags.counted": "act_counted", "officer.duty": "act_duty", "people.presence": "act_edit", "people.tags": "act_tags", "tags.reveal": "act_reveal_tags", "tags.set": "act_set_tags", "people.correction": "act_correction", "people.connect": "act_connect",
  "join.confirmed": "act_joined", "device.revoked": "act_left_phone", "retention.run": "act_retention", "retention.sweep": "act_retention", "people.sign_handover": "act_handover", "people.assign": "act_assign", "people.former": "act_list", "people.correction_refused": "act_correction",
  "broadcast.drafted": "act_broadcast_drafted", "broadcast.submitted": "act_broadcast_submitted", "broadcast.approved": "act_broadcast_approved", "broadcast.sent": "act_broadcast_sent", "broadcast.stopped": "act_broadcast_stopped", "broadcast.started": "act_broadcast_started", "broadcast.completed": "act_broadcast_completed", "broadcast.superseded": "act_broadcast_superseded", "broadcast.cancelled": "act_broadcast_cancelled", "broadcast.expired": "act_broadcast_expired", "broadcast.discarded": "act_broadcast_discarded", "broadcast.reviewed": "act_broadcast_reviewed", "template.drafted": "act_template", "template.approved": "act_template", "template.retired": "act_template", "geofence.saved": "act_geofence", "geofence.retired": "act_geofence", "order.confirmed": "act_order", "order.declined": "act_order", "callup.answered": "act_callup", "incident.called": "act_called",
};
export const actionName = (action: string): string => (NAMES[action] ? say(NAMES[action]) : action);
