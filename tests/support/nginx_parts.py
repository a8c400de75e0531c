"""The parts that each nginx configuration of the tests begins with. They are templates: `folder` is
the server's own."""

from __future__ import annotations

# one process in the foreground
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
"""
# first in its `http` block: no path outside the folder
HTTP = """\
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""
