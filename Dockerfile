FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir --constraint requirements.lock .
VOLUME /data
ENTRYPOINT ["groundwire"]
CMD ["serve"]
