import { index, unique } from "../schema.ts";

/** People, their ways to sign in, sign-in sessions and service tokens. They refer to each other by id. */
export const peopleSchema: readonly string[] = [
  unique("person_id", "Person", "id"),
  unique("person_user_name", "Person", "userNameKey"),
  unique("person_external", "Person", "externalKey"),
  index("person_name", "Person", "nameOrder"),
  unique("password_person", "Password", "personId"),
  unique("passkey_id", "Passkey", "id"),
  index("passkey_person", "Passkey", "personId"),
  unique("sign_in_link_person", "SignInLink", "personId"),
  unique("sign_in_link_hash", "SignInLink", "hash"),
  unique("sign_in_session_id", "SignInSession", "id"),
  unique("sign_in_session_hash", "SignInSession", "hash"),
  index("sign_in_session_person", "SignInSession", "personId"),
  unique("service_token_id", "ServiceToken", "id"),
  unique("service_token_hash", "ServiceToken", "hash"),
  index("service_token_created", "ServiceToken", "createdAt"),
];
