"""What a person wants to know when the stack is up."""

from devstack.plan import Plan


def banner(plan: Plan, seconds: float) -> str:
    """Addresses and logins."""
    rows = {
        "console": f"{plan.url}/console/",
        "API docs": f"{plan.url}/docs",
        "health": f"{plan.url}/health",
        "metrics": f"{plan.url}/metrics",
    }
    if plan.mail is not None:
        rows["mails"] = plan.mail.url
    if plan.simulator is not None:
        rows["payments"] = plan.simulator.url
    if plan.partner is not None:
        rows["activations"] = plan.partner.url
    if plan.servers:
        rows["server logs"] = ", ".join(str(server.log) for server in plan.servers)
    rows["logins"] = _logins(plan)
    lines = [f"  {name:<12} {value}" for name, value in rows.items()]
    return "\n".join([f"Holdfast is ready after {seconds:.1f} s; Ctrl-C stops it", *lines])


def _logins(plan: Plan) -> str:
    settings = plan.settings
    if settings.production:
        return "those of the database"
    if settings.demo and plan.postgres is not None:
        return f"admin, operator, viewer, customer1 … with password {settings.demo_password}"
    place = "ADMIN_PASSWORD" if settings.admin_password else str(plan.home / "secrets.env")
    return f"{settings.admin_username}, with the password in {place}"
