"""Who somebody is: users and passwords, their sessions, the API's keys, a proxy's word."""
