// Short names for the generated wire types.
import type { components } from "./wire.gen";

type Schemas = components["schemas"];
export type Broadcast = Schemas["BroadcastOut"];
export type Event = Schemas["Event"];
export type InboxItem = Schemas["InboxItem"];
export type Incident = Schemas["IncidentOut"];
export type Account = Schemas["AccountOut"];
export type AssignPreview = Schemas["AssignPreview"];
export type Device = Schemas["Device"];
export type Handover = Schemas["HandoverOut"];
export type Officer = Schemas["OfficerOut"];
export type Join = Schemas["JoinOut"];
export type JoinCode = Schemas["CodeOut"];
export type JoinPage = Schemas["JoinPage"];
export type Knock = Schemas["KnockOut"];
export type Labels = Schemas["Labels"];
export type Message = Schemas["Message"];
export type Preview = Schemas["PreviewOut"];
export type Resident = Schemas["ResidentOut"];
export type Session = Schemas["SessionOut"];
export type Snapshot = Schemas["Snapshot"];
export type Grids = Schemas["GridsOut"];
export type CoverageOut = Schemas["CoverageOut"];
