# A source that answers must not repeat; of no use otherwise.


def weigh(parcels, rate, surcharge):
    total = 0
    for parcel in parcels:
        volume = parcel.width * parcel.height * parcel.depth
        weight = max(parcel.grams / 1000, volume / 5000)
        total += weight * rate
        if parcel.fragile:
            total += surcharge
        if parcel.country not in ("DE", "AT", "CH"):
            total += weight * rate * 0.35
    return round(total, 2)


def route(depots, start, goal):
    seen = {start}
    front = [(0, start, [])]
    while front:
        front.sort(key=lambda entry: entry[0])
        length, depot, path = front.pop(0)
        if depot == goal:
            return length, path + [depot]
        for neighbour, distance in depots[depot].items():
            if neighbour not in seen:
                seen.add(neighbour)
                front.append((length + distance, neighbour, path + [depot]))
    return None
