package kotlinx.serialization.internal;

import kotlinx.serialization.KSerializer;

public final class StringSerializer implements KSerializer<String> {
    public static final StringSerializer INSTANCE = new StringSerializer();
}
