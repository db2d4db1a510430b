"""The page: one service for those who look at products, review results and operate batches.

What its parts stand on; these names stay as they are:

- :func:`web.app.create_app` builds the application from settings and an engine.
- :data:`web.parts.PARTS` registers each capability: its router (``web/<part>/routes.py``), and
  where it stands in the navigation.
- :data:`web.database.Db` is a parameter's type: a SQLAlchemy session of one transaction, which only
  reads for GET, and for everything else is committed before the answer is sent. Roll back by
  raising. :data:`web.database.Ledger` is the engine, for functions that take one.
- :data:`web.viewer.Looking`, :data:`~web.viewer.Reviewing` and :data:`~web.viewer.Operating` are a
  parameter's type, too: the :class:`~web.viewer.Viewer` (``name``, ``role``, ``way``) of a request
  whose role is at least that; anybody else is asked to sign in, or refused.
  ``Depends(require("review"))`` is the same for a whole route or router.
- :func:`web.trail.record` writes who changed what into the audit trail, in the same transaction.
- :func:`web.render.render` fills ``web/templates/<part>/<name>.html``. A page extends ``base.html``
  (blocks ``title``, ``head``, ``main``); a fragment for HTMX extends nothing. Templates have
  ``viewer``, ``csrf_token``, ``static_url(name)`` and ``request``, and escape all they are given.
  ``parts/macros.html`` has ``csrf(token)``, ``swatch(hex)`` and ``empty(title, text)``.
- Every POST carries ``csrf(csrf_token)`` in its form, or the header ``X-CSRF-Token``, which
  ``base.html`` sets for all of HTMX. A request with an API key (``Authorization: Bearer``) needs
  neither.
- There are no inline scripts and no inline styles: a browser that keeps to our Content-Security-
  Policy would ignore them. Colours of products are drawn by SVG (``swatch``). A part's own script
  or style is a file in ``web/static/``, asked for in the block ``head`` by ``static_url``.
"""
