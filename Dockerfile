# The service in an image that holds nothing else: no compiler, no package index, no root.
# Every step is a command without a shell, so that tests/deploy can take the same ones.
FROM python:3.11.13-slim-bookworm AS build
WORKDIR /src
RUN ["python", "-m", "venv", "/opt/moderation"]
COPY requirements.lock ./
RUN ["/opt/moderation/bin/pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", "requirements.lock"]
COPY pyproject.toml README.md LICENSE ./
COPY docs/licences.md docs/
COPY moderation moderation/
RUN ["/opt/moderation/bin/pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "."]
RUN ["/opt/moderation/bin/pip", "uninstall", "--yes", "setuptools", "pip"]
RUN ["install", "-d", "-m", "0700", "/data"]

FROM python:3.11.13-slim-bookworm
COPY --from=build /opt/moderation /opt/moderation
# The embedded store, when no database is set: the only place that is written to.
COPY --from=build --chown=10001:10001 /data /data
ENV PATH=/opt/moderation/bin:$PATH PYTHONDONTWRITEBYTECODE=1 MODERATION_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["moderation", "health"]
ENTRYPOINT ["moderation"]
CMD ["serve", "--host", "0.0.0.0"]
